/* The presets, whole, inside the program: policies/NAME.json. A table in presets.c names them. */
	.section .rodata
	.global preset_default_begin
	.hidden preset_default_begin
	.global preset_default_end
	.hidden preset_default_end
preset_default_begin:
	.incbin "policies/default.json"
preset_default_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
