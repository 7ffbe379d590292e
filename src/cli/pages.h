/* The pages of the rules, docs/rules/NAME.md, whole, inside the program. The build gathers them: a new page needs no line here. */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "assay/base.h"

struct str rule_page(struct str name); /* STR_NONE: there is none of that name */

/* The page as lines of a terminal: paragraphs whole, rows of tables without their marks. columns 0: as it is written. */
void rule_page_write(struct str page, size_t columns, struct buf *out);

#endif
