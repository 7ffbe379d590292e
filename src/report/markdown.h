/* Text from outside in GitHub's and GitLab's Markdown. */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "assay/base.h"

/* Nothing in it becomes markup, a link, a mention of somebody or a reference to an issue. On one line. */
void markdown_add_text(struct buf *out, struct str text);
/* The same as code, also inside a table. */
void markdown_add_code(struct buf *out, struct str text);

#endif
