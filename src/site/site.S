/* The site's style and script, inside the program; the style goes behind that of the report's page. */
#include "base/embed.inc"
	embed site_css, src/site/assets/site.css
	embed site_js, src/site/assets/site.js
