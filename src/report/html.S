/* The page's style and script, inside the program. */
#include "base/embed.inc"
	embed html_css, src/report/html/page.css
	embed html_js, src/report/html/page.js
