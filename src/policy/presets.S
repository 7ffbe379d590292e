/* The presets, whole, inside the program: policies/NAME.json. A table in presets.c names them. */
	.section .rodata
	.macro preset name
	.global preset_\name\()_begin
	.hidden preset_\name\()_begin
	.global preset_\name\()_end
	.hidden preset_\name\()_end
preset_\name\()_begin:
	.incbin "policies/\name\().json"
preset_\name\()_end:
	.byte 0
	.endm
	preset default
	preset strict
	preset permissive
	.section .note.GNU-stack, "", %progbits
