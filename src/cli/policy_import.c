/* policy import: another tool's ignore file as waivers, printed as a policy or added to one. */
#include <stdio.h>

#include "assay/limits.h"
#include "cli/cli.h"

static void tell_left_out(const char *path, const struct policy_imported *imported)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(16 * MIB);
	for (size_t i = 0; i < imported->left_out.n; i++) {
		const struct policy_left_out *left = &imported->left_out.v[i];
		buf_add_visible(&text, str_of(path));
		buf_printf(&text, ", line %u: left out: ", left->line);
		buf_add_visible(&text, left->why);
		buf_add_char(&text, '\n');
	}
	(void)fwrite(text.p, 1, text.n, stderr);
}

/* What the policy has already stays as it is. */
static int add(struct cli *cli, struct policy_imported *imported, const char *to, struct str *out)
{
	struct str text = STR_NONE;
	struct error err;
	size_t count = imported->waivers.n, known = 0;
	if (to && file_exists(to) && file_read(to, LIMIT_POLICY_BYTES, cli->arena, &text, &err))
		return cli_fail(&err);
	if (policy_drop_known_waivers(text, to ? to : "policy", imported->waivers.v, &count, &known, cli->arena, &err) ||
	    policy_add_waivers(text, to ? to : "policy", imported->waivers.v, count, cli->arena, out, &err))
		return cli_fail(&err);
	fprintf(stderr, "%zu waiver%s translated%s", imported->waivers.n, imported->waivers.n == 1 ? "" : "s", imported->left_out.n ? ", " : "");
	if (imported->left_out.n)
		fprintf(stderr, "%zu line%s left out", imported->left_out.n, imported->left_out.n == 1 ? "" : "s");
	if (known)
		fprintf(stderr, ", %zu of them there already", known);
	fprintf(stderr, "\n");
	return EXIT_FINE;
}

int command_policy_import(struct cli *cli)
{
	const char *path = cli->operands.v[0], *to = cli->options.output;
	struct policy_imported imported = { 0 };
	struct error err;
	struct str text = STR_NONE;
	if (to && strcmp(to, "-") == 0)
		to = NULL;
	if (policy_import(path, LIMIT_CONFIG_BYTES, cli->arena, &imported, &err))
		return cli_fail(&err);
	tell_left_out(path, &imported);
	if (!imported.waivers.n) {
		cli_usage_error("%s: nothing in it becomes a waiver", path);
		return EXIT_FINDINGS;
	}
	int code = add(cli, &imported, to, &text);
	return code ? code : cli_write(cli, text);
}
