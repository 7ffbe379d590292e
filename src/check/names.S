/* Names of packages that everybody knows, inside the program: policies/facts/names.tsv. */
	.section .rodata
	.global known_names_begin
	.hidden known_names_begin
	.global known_names_end
	.hidden known_names_end
known_names_begin:
	.incbin "policies/facts/names.tsv"
known_names_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
