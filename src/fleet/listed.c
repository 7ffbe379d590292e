/* A line of a list of projects, as a person or a program writes it for "fleet add --list". */
#include "assay/fleet.h"

static bool read_word(struct str word, struct fleet_new *out)
{
	const struct {
		struct str key;
		struct str *value;
	} keys[] = { { STR("name="), &out->name }, { STR("owner="), &out->owner }, { STR("tags="), &out->tags }, { STR("branch="), &out->branch } };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (!str_starts_with(word, keys[i].key))
			continue;
		*keys[i].value = str_from(word, keys[i].key.n);
		return true;
	}
	return false;
}

static enum status refuse_nul(struct str word, struct error *err)
{
	return error_set(err, STATUS_USAGE, "\"%.*s\": a NUL stands in it, which no path, URL or name has", STR_ARG(word));
}

static enum status read_location(struct str word, struct arena *arena, struct str *out, struct error *err)
{
	struct str location = percent_decode(arena, word);
	if (!location.p)
		return error_memory(err);
	if (str_find(location, '\0') < location.n)
		return refuse_nul(word, err);
	*out = location;
	return STATUS_OK;
}

enum status fleet_read_line(struct str line, struct arena *arena, struct fleet_new *out, struct error *err)
{
	struct fleet_new what = *out;
	struct str word, rest = str_trim(line);
	enum status status = STATUS_OK;
	bool first = true;
	if (!rest.n || rest.p[0] == '#')
		return STATUS_OK;
	while (!status && str_split(&rest, ' ', &word)) {
		word = str_trim(word);
		if (!word.n)
			continue;
		if (str_find(word, '\0') < word.n)
			status = refuse_nul(word, err);
		else if (first)
			status = read_location(word, arena, &what.location, err);
		else if (!read_word(word, &what))
			status = error_set(err, STATUS_USAGE, "\"%.*s\" is none of name=, owner=, tags=, branch=", STR_ARG(word));
		first = false;
	}
	if (!status)
		*out = what;
	return status;
}
