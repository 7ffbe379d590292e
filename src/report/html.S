/* The page's style and script, inside the program: src/report/html/page.css and page.js. */
	.section .rodata
	.macro asset name
	.global html_\name\()_begin
	.hidden html_\name\()_begin
	.global html_\name\()_end
	.hidden html_\name\()_end
html_\name\()_begin:
	.incbin "src/report/html/page.\name"
html_\name\()_end:
	.byte 0
	.endm
	asset css
	asset js
	.section .note.GNU-stack, "", %progbits
