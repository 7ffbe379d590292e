/* The effective policy for people: every clause in the order in which it is asked, and where it comes from. */
#include "assay/limits.h"
#include "assay/registry.h"
#include "policy/model.h"

static const char *const indent = "    ";

/* A condition's value as it was written, a list as "a, b". */
static void write_value(const struct json *value, struct buf *out)
{
	const char *between = "";
	if (json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE))
		buf_add_z(out, json_is(value, JSON_TRUE) ? "true" : "false");
	buf_add_visible(out, json_text(value));
	if (!json_is(value, JSON_ARRAY))
		return;
	json_each(item, value) {
		buf_add_z(out, between);
		buf_add_visible(out, json_text(item));
		between = ", ";
	}
}

/* Those of the command line have no source: they are about severities. */
static void write_condition(const struct condition *condition, struct buf *out)
{
	buf_printf(out, "%s ", condition->type->name);
	if (condition->source) {
		write_value(condition->source, out);
		return;
	}
	const char *between = "";
	for (int s = SEVERITY_NONE; s <= SEVERITY_CRITICAL; s++) {
		if (!(condition->accepted >> s & 1))
			continue;
		buf_printf(out, "%s%s", between, severity_name((enum severity)s));
		between = ", ";
	}
}

static void write_origin(struct str origin, struct buf *out)
{
	buf_add_z(out, "   # ");
	buf_add_visible(out, origin);
	buf_add_char(out, '\n');
}

static void write_clause(const struct clause *clause, struct buf *out)
{
	buf_printf(out, "%s%-5s", indent, rule_level_name(clause->level));
	buf_add_z(out, clause->at_most ? " at most" : "");
	for (size_t i = 0; i < clause->when.n; i++) {
		buf_add_z(out, i ? "; " : " when ");
		write_condition(&clause->when.v[i], out);
	}
	write_origin(clause->origin, out);
}

static void write_rule(const struct effective_rule *rule, const struct rule *about, struct buf *out)
{
	buf_printf(out, "  %s\n", about->id);
	for (size_t i = rule->command_line.n; i--;)
		write_clause(&rule->command_line.v[i], out);
	for (size_t i = 0; i < rule->clauses.n; i++)
		write_clause(rule->clauses.v[i], out);
	buf_printf(out, "%s%-5s", indent, rule_level_name(about->level));
	write_origin(STR("built-in"), out);
}

static void write_duration(const char *key, int64_t seconds, struct buf *out)
{
	char text[DATE_TEXT_SIZE];
	duration_format(seconds, text);
	buf_printf(out, "  %s %s\n", key, text);
}

static void write_hosts(const struct policy_settings *settings, struct buf *out)
{
	if (settings->registry_count + settings->mirror_count)
		buf_add_z(out, "hosts\n");
	for (size_t i = 0; i < settings->registry_count; i++) {
		buf_add_z(out, "  registry ");
		buf_add_visible(out, settings->registries[i].scope);
		buf_add_char(out, ' ');
		bool public = str_equal_z(settings->registries[i].url, PUBLIC_REGISTRY_URL);
		buf_add_visible(out, public ? STR("public") : settings->registries[i].url);
		buf_add_char(out, '\n');
	}
	for (size_t i = 0; i < settings->mirror_count; i++) {
		buf_add_z(out, "  mirror ");
		buf_add_visible(out, settings->mirrors[i]);
		buf_add_char(out, '\n');
	}
}

static void write_advisories(const struct policy_settings *settings, struct buf *out)
{
	if (settings->advisory_count)
		buf_add_z(out, "advisories\n");
	for (size_t i = 0; i < settings->advisory_count; i++) {
		buf_add_z(out, "  ");
		buf_add_visible(out, str_of(settings->advisories[i]));
		buf_add_char(out, '\n');
	}
}

static void write_waiver(const struct waiver *waiver, struct buf *out)
{
	CLEANUP(buf_fini) struct buf what = BUF_INIT(LIMIT_POLICY_BYTES * 2);
	waiver_write(waiver, &what);
	buf_add_z(out, "  ");
	buf_add_visible(out, buf_str(&what));
	buf_add_z(out, waiver->expires.p ? " until " : "");
	buf_add_visible(out, waiver->expires);
	buf_add_z(out, ": ");
	buf_add_visible(out, waiver->reason);
	buf_add_z(out, "   # ");
	buf_add_visible(out, waiver->layer->label);
	buf_printf(out, ":%u\n", waiver->line);
}

void policy_write(const struct policy *policy, struct buf *out)
{
	buf_add_z(out, "policy ");
	buf_add_visible(out, policy->top->label);
	buf_add_z(out, "\nrules: the first clause that holds decides\n");
	for (size_t i = 0; check_rules[i]; i++)
		write_rule(&policy->rules[i], check_rules[i], out);
	buf_add_z(out, "require\n");
	for (size_t i = 0; check_rules[i]; i++) {
		if (!policy->rules[i].required.p)
			continue;
		buf_printf(out, "  %s", check_rules[i]->id);
		write_origin(policy->rules[i].required, out);
	}
	buf_add_z(out, "database\n");
	write_duration("warn_age", policy->settings.database_warn_age, out);
	write_duration("max_age", policy->settings.database_max_age, out);
	write_hosts(&policy->settings, out);
	write_advisories(&policy->settings, out);
	if (policy->waivers.n)
		buf_add_z(out, "waivers\n");
	for (size_t i = 0; i < policy->waivers.n; i++)
		write_waiver(policy->waivers.v[i], out);
}
