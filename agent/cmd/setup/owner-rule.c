// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the rule of udev that says who may open VFIO's device nodes of a card. It names the card and never
 * the group, whose number changes; and its ids, so that another card at the same address is not given away.
 */
#include "cmd/setup/owner-rule.h"

#include "base/buffer.h"
#include "cmd/cmd.h"
#include "cmd/setup/say.h"
#include "decide/config.h"
#include "decide/select.h"
#include "host/account.h"

#include <stdio.h>

/* These end a string of a rule, or mean something to udev in it. */
#define SPECIAL "\"\\$%:"
#define RULE_SIZE_MAX (64 * 1024)

static const char heading[] =
	"# Written by 'vfio-claim setup' from the owner lines of " CONFIG_PATH
	"; 'vfio-claim remove' deletes it.\n";

struct owner {
	const struct card_setting *setting;
	char user[CARD_VALUE_SIZE];
	const char *group;
};

/* The number of the line with this text; a setting holds it without blanks around and comment. */
static unsigned line_of(const char *config, const char *wanted)
{
	const char *line;
	size_t size;

	for (unsigned number = 1; (line = text_next_line(&config, "", &size)); number++) {
		struct span rest = { line, size };

		if (span_equal(span_trim(span_next(&rest, "#")), wanted))
			return number;
	}
	return 0;
}

static int parse_owner(const struct root *root, const struct card_setting *setting,
		       const char *config, struct owner *ret_owner)
{
	struct owner owner = { .setting = setting };
	char *colon;

	snprintf(owner.user, sizeof(owner.user), "%s", setting->value);
	colon = strchr(owner.user, ':');
	if (colon)
		*colon = '\0';
	owner.group = colon ? colon + 1 : "";
	if (!*owner.user || !*owner.group || strpbrk(owner.user, SPECIAL) ||
	    strpbrk(owner.group, SPECIAL))
		return say_error(EXIT_USAGE, "write USER:GROUP",
				 CONFIG_PATH
				 ":%u: no user and group in '%s'; nothing was changed",
				 line_of(config, setting->text), setting->text);
	if (!account_has_user(root, owner.user))
		return say_error(EXIT_USAGE, "name a user that exists",
				 CONFIG_PATH
				 ":%u: there is no user '%s', in '%s'; nothing was changed",
				 line_of(config, setting->text), owner.user, setting->text);
	if (!account_has_group(root, owner.group))
		return say_error(EXIT_USAGE, "name a group that exists",
				 CONFIG_PATH
				 ":%u: there is no group '%s', in '%s'; nothing was changed",
				 line_of(config, setting->text), owner.group,
				 setting->text);
	*ret_owner = owner;
	ret_owner->group = ret_owner->user + (owner.group - owner.user);
	return 0;
}

/* The rule ----------------------------------------------------------------------------------- */

static void write_function(FILE *stream, const struct function *function,
			   const struct owner *owner)
{
	char address[PCI_ADDRESS_SIZE];

	bdf_format(&function->address, address);
	/* /dev/vfio/N: the name of the device is the group's number. */
	fprintf(stream,
		"SUBSYSTEM==\"vfio\", TEST==\"/sys/kernel/iommu_groups/%%k/devices/%s\", "
		"ATTR{[pci/%s]vendor}==\"0x%04x\", ATTR{[pci/%s]device}==\"0x%04x\", "
		"OWNER=\"%s\", GROUP=\"%s\", MODE=\"0660\"\n",
		address, address, function->id.vendor, address, function->id.device,
		owner->user, owner->group);
	/* /dev/vfio/devices/vfioN: a child of the function. */
	fprintf(stream,
		"SUBSYSTEM==\"vfio-dev\", KERNELS==\"%s\", ATTRS{vendor}==\"0x%04x\", "
		"ATTRS{device}==\"0x%04x\", OWNER=\"%s\", GROUP=\"%s\", MODE=\"0660\"\n",
		address, function->id.vendor, function->id.device, owner->user,
		owner->group);
}

static bool is_owned(const struct card_setting *setting, const struct survey *survey,
		     const struct target *target)
{
	struct selection selection;

	if (!setting->has_selector)
		return true;
	selection = identity_resolve(&setting->identity, &survey->snapshot);
	return selection.status <= SELECTION_MOVED &&
	       target_has_function(target, selection.function - survey->snapshot.functions);
}

static void write_owner(FILE *stream, const struct survey *survey, const struct owner *owner)
{
	for (size_t i = 0; i < survey->plan.n_targets; i++) {
		const struct target *target = &survey->plan.targets[i];

		if (!target->is_the_card_meant || target->part_of != TARGET_NONE ||
		    !is_owned(owner->setting, survey, target))
			continue;
		for (size_t k = 0; k < target->n_functions; k++)
			write_function(stream,
				       &survey->snapshot.functions[target->functions[k]],
				       owner);
	}
}

bool owner_rule_is_configured(const struct config *config)
{
	for (size_t i = 0; i < config->n_card_settings; i++)
		if (config->card_settings[i].kind == CARD_OWNER)
			return true;
	return false;
}

/* Of two lines for one card the later one counts: udev's last assignment does. */
static int write_rule(const struct root *root, const struct survey *survey,
		      const char *config, FILE *stream)
{
	fputs(heading, stream);
	for (size_t i = 0; i < survey->config.n_card_settings; i++) {
		const struct card_setting *setting = &survey->config.card_settings[i];
		struct owner owner;
		int r;

		if (setting->kind != CARD_OWNER)
			continue;
		r = parse_owner(root, setting, config, &owner);
		if (r)
			return r;
		write_owner(stream, survey, &owner);
	}
	return 0;
}

int owner_rule_find(const struct root *root, const struct survey *survey,
		    const char *config, struct owner_rule *rule)
{
	_cleanup_free_ char *now = NULL;
	struct buffer buffer;
	size_t size;
	int r, closed;

	if (owner_rule_is_configured(&survey->config)) {
		if (buffer_open(&buffer) < 0)
			return cmd_fail(OWNER_RULE_PATH, -ENOMEM);
		r = write_rule(root, survey, config, buffer.stream);
		closed = buffer_close(&buffer, &rule->text);
		if (r || closed < 0)
			return r ? r : cmd_fail(OWNER_RULE_PATH, closed);
	}
	r = root_read_file(root, OWNER_RULE_PATH, RULE_SIZE_MAX, &now, &size);
	rule->is_new = r < 0 && r != -ENOENT ? true : !is_string_equal(now, rule->text);
	return 0;
}

void owner_rule_show(const struct owner_rule *rule)
{
	if (rule->is_new)
		say_item("%s " OWNER_RULE_PATH, rule->text ? "write" : "remove");
}

int owner_rule_apply(const struct root *root, const struct owner_rule *rule)
{
	int r;

	if (!rule->is_new)
		return 0;
	r = rule->text ? root_replace(root, OWNER_RULE_FOLDER, OWNER_RULE_NAME,
				      rule->text, strlen(rule->text)) :
			 root_remove(root, OWNER_RULE_PATH);
	if (r < 0)
		return cmd_fail(OWNER_RULE_PATH, r);
	say_paragraph("%s " OWNER_RULE_PATH, rule->text ? "Wrote" : "Removed");
	return 0;
}

void owner_rule_done(struct owner_rule *rule)
{
	free(rule->text);
}
