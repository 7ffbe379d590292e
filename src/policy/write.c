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

static void write_day(int64_t day, struct buf *out)
{
	char text[DATE_TEXT_SIZE];
	date_format(day, text);
	buf_printf(out, " from %.10s", text);
}

static void write_clause(const struct clause *clause, struct buf *out)
{
	buf_printf(out, "%s%-5s", indent, rule_level_name(clause->level));
	buf_add_z(out, clause->at_most ? " at most" : "");
	if (clause->from != DATE_NONE)
		write_day(clause->from, out);
	if (clause->before != LEVEL_UNSET)
		buf_printf(out, ", %s before", rule_level_name((enum rule_level)clause->before));
	for (size_t i = 0; i < clause->when.n; i++) {
		buf_add_z(out, i ? "; " : " when ");
		write_condition(&clause->when.v[i], out);
	}
	write_origin(clause->origin, out);
}

static void write_built_in(enum rule_level level, struct str by, struct buf *out)
{
	buf_printf(out, "%s%-5s", indent, rule_level_name(level));
	write_origin(by, out);
}

/* What holds it from below comes first: it has the last word. */
static void write_floor(const struct effective_rule *rule, const struct rule *about, struct buf *out)
{
	if (!rule->locked)
		return;
	buf_printf(out, "%sat least\n", indent);
	for (size_t i = 0; i < rule->floor.n; i++)
		write_clause(rule->floor.v[i], out);
	write_built_in(rule->floor_built_in[about->level], rule->floor_by, out);
	buf_printf(out, "%sand else\n", indent);
}

static void write_rule(const struct effective_rule *rule, const struct rule *about, struct buf *out)
{
	buf_printf(out, "  %s%s%s\n", about->id, rule->locked ? " (locked)" : "", rule->locked && rule->waivable ? " (may be waived)" : "");
	write_floor(rule, about, out);
	for (size_t i = rule->command_line.n; i--;)
		write_clause(&rule->command_line.v[i], out);
	for (size_t i = 0; i < rule->clauses.n; i++)
		write_clause(rule->clauses.v[i], out);
	write_built_in(rule->built_in[about->level], rule->built_in_by, out);
}

static void write_duration(const char *key, int64_t seconds, struct buf *out)
{
	char text[DATE_TEXT_SIZE];
	duration_format(seconds, text);
	buf_printf(out, "  %s %s\n", key, text);
}

static void write_hosts(const struct policy_settings *settings, struct buf *out)
{
	if (settings->registry_count + settings->mirror_count + settings->host_count)
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
	for (size_t i = 0; i < settings->host_count; i++) {
		buf_add_z(out, "  also ");
		buf_add_visible(out, settings->hosts[i]);
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

static void write_patterns(const char *title, const struct package_patterns *set, struct buf *out)
{
	struct str text;
	if (package_patterns_count(set))
		buf_printf(out, "%s\n", title);
	for (size_t i = 0; i < package_patterns_count(set); i++) {
		text = package_patterns_text(set, i);
		buf_add_z(out, "  ");
		buf_add_visible(out, text);
		buf_add_char(out, '\n');
	}
}

static void write_bans(const struct declarations *declared, struct buf *out)
{
	size_t n = package_patterns_count(declared->banned);
	buf_add_z(out, n ? "ban\n" : "");
	for (size_t i = 0; i < n; i++) {
		const struct ban *ban = &declared->bans[i];
		buf_add_z(out, "  ");
		buf_add_visible(out, ban->text);
		for (size_t k = 0; k < package_patterns_count(ban->except_through); k++) {
			buf_add_z(out, k ? ", " : ", but through ");
			buf_add_visible(out, package_patterns_text(ban->except_through, k));
		}
		buf_add_z(out, ban->reason.n ? ": " : "");
		buf_add_visible(out, ban->reason);
		buf_add_z(out, ban->instead.n ? "; instead: " : "");
		buf_add_visible(out, ban->instead);
		buf_add_char(out, '\n');
	}
}

static void write_licenses(const struct declarations *declared, struct buf *out)
{
	size_t n = package_patterns_count(declared->licensed);
	buf_add_z(out, n ? "licenses\n" : "");
	for (size_t i = 0; i < n; i++) {
		buf_add_z(out, "  ");
		buf_add_visible(out, package_patterns_text(declared->licensed, i));
		buf_add_char(out, ' ');
		buf_add_visible(out, declared->licenses[i]);
		buf_add_char(out, '\n');
	}
}

static void write_lists(const struct policy *policy, struct buf *out)
{
	write_patterns("private", policy->sets.private_names, out);
	write_patterns("build_only", policy->settings.build_only, out);
	write_patterns("install_scripts allowed", policy->declared.scripts_allowed, out);
	write_bans(&policy->declared, out);
	write_licenses(&policy->declared, out);
	for (size_t i = 0; i < policy->refused.n; i++) {
		buf_add_z(out, i ? "" : "left out, since the organisation locks what they could loosen\n");
		buf_add_z(out, "  ");
		buf_add_visible(out, policy->refused.v[i]);
		buf_add_char(out, '\n');
	}
}

/* What the command line leaves out, from all rules that are not locked. */
static void write_omitted(const struct policy *policy, struct buf *out)
{
	for (size_t i = 0; omit_word(NULL, i); i++)
		if (policy->omit >> i & 1)
			buf_printf(out, "%s  what npm install --omit=%s leaves out%s   # --omit %s\n", policy->omit & ((1u << i) - 1) ? "" : "left out\n",
				   omit_word(NULL, i), policy->org ? ", but for locked rules" : "", omit_word(NULL, i));
}

static void write_bounds(const struct policy *policy, struct buf *out)
{
	if (policy->max_waiver < 0)
		return;
	write_duration("waivers end within", policy->max_waiver, out);
}

static void write_required(const struct policy *policy, struct buf *out)
{
	buf_add_z(out, "require\n");
	for (size_t i = 0; check_rules[i]; i++) {
		if (!policy->rules[i].required.p)
			continue;
		buf_printf(out, "  %s", check_rules[i]->id);
		write_origin(policy->rules[i].required, out);
	}
}

void policy_write(const struct policy *policy, struct buf *out)
{
	buf_add_z(out, "policy ");
	buf_add_visible(out, policy->top->label);
	if (policy->org && policy->org != policy->top) {
		buf_add_z(out, " on the floor of ");
		buf_add_visible(out, policy->org->label);
	}
	buf_add_char(out, '\n');
	write_omitted(policy, out);
	buf_add_z(out, "rules: the first clause that holds decides\n");
	for (size_t i = 0; check_rules[i]; i++)
		write_rule(&policy->rules[i], check_rules[i], out);
	write_required(policy, out);
	buf_add_z(out, "database\n");
	write_duration("warn_age", policy->settings.database_warn_age, out);
	write_duration("max_age", policy->settings.database_max_age, out);
	buf_add_z(out, "releases\n");
	write_duration("min_release_age", policy->settings.min_release_age, out);
	write_hosts(&policy->settings, out);
	write_advisories(&policy->settings, out);
	write_lists(policy, out);
	if (policy->waivers.n || policy->max_waiver >= 0)
		buf_add_z(out, "waivers\n");
	write_bounds(policy, out);
	for (size_t i = 0; i < policy->waivers.n; i++)
		write_waiver(policy->waivers.v[i], out);
}
