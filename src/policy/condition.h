/* The functions that the table of conditions names; condition.c has the table. */
#ifndef POLICY_CONDITION_H
#define POLICY_CONDITION_H

#include "policy/model.h"

enum status read_severity(struct reader *reader, const struct json *value, struct condition *out);
bool severity_holds(const struct condition *condition, const struct subject *subject);
enum status read_score(struct reader *reader, const struct json *value, struct condition *out);
bool score_holds(const struct condition *condition, const struct subject *subject);
enum status read_epss(struct reader *reader, const struct json *value, struct condition *out);
bool epss_holds(const struct condition *condition, const struct subject *subject);
enum status read_depth(struct reader *reader, const struct json *value, struct condition *out);
bool depth_holds(const struct condition *condition, const struct subject *subject);
enum status read_package(struct reader *reader, const struct json *value, struct condition *out);
bool package_holds(const struct condition *condition, const struct subject *subject);
enum status read_license(struct reader *reader, const struct json *value, struct condition *out);
bool license_holds(const struct condition *condition, const struct subject *subject);
bool license_within_holds(const struct condition *condition, const struct subject *subject);
enum status read_source(struct reader *reader, const struct json *value, struct condition *out);
bool source_holds(const struct condition *condition, const struct subject *subject);
enum status read_importer(struct reader *reader, const struct json *value, struct condition *out);
bool importer_holds(const struct condition *condition, const struct subject *subject);
enum status read_change(struct reader *reader, const struct json *value, struct condition *out);
bool change_holds(const struct condition *condition, const struct subject *subject);
enum status read_age_condition(struct reader *reader, const struct json *value, struct condition *out);
bool advisory_age_holds(const struct condition *condition, const struct subject *subject);
bool release_age_holds(const struct condition *condition, const struct subject *subject);

/* Adds one more glob. */
enum status condition_add_glob(struct reader *reader, const struct json *value, void *into);

#endif
