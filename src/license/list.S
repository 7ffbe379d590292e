/* The SPDX license list, inside the program: policies/facts/licenses.tsv. */
	.section .rodata
	.global license_rows_begin
	.hidden license_rows_begin
	.global license_rows_end
	.hidden license_rows_end
license_rows_begin:
	.incbin "policies/facts/licenses.tsv"
license_rows_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
