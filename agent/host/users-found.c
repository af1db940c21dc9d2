// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps the users of a card that were found, and says them as findings. Reads nothing. */
#include "host/users-parts.h"

#include "base/text.h"

#include <stdio.h>

#define NAMED_MAX 6

int users_add(struct users *users, enum user_kind kind, pid_t pid, const char *name,
	      const char *what)
{
	struct user *user;
	int r;

	r = array_reserve(&users->items, users->n, &users->capacity, sizeof(*user));
	if (r < 0)
		return r;
	user = &users->items[users->n++];
	*user = (struct user){ kind, pid, strdup(name), strdup(what) };
	return user->name && user->what ? 0 : -ENOMEM;
}

int users_lose(struct users *users, const char *what, int error)
{
	if (!users->unknown && error != -ENOMEM)
		users->unknown = text_format("%s: %s", what, strerror(-error));
	return users->unknown ? error : -ENOMEM;
}

void users_done(struct users *users)
{
	for (size_t i = 0; i < users->n; i++) {
		free(users->items[i].name);
		free(users->items[i].what);
	}
	free(users->items);
	free(users->unknown);
	*users = (struct users){};
}

/* Words ------------------------------------------------------------------------------------ */

/* People choose names of processes, mount points and volumes. */
static char *words(const struct user *user)
{
	char name[QUOTE_SIZE], what[QUOTE_SIZE];

	quote(user->name, strlen(user->name), name);
	quote(user->what, strlen(user->what), what);
	switch (user->kind) {
	case USER_PROCESS:
		return text_format("%s (%d) has %s open", name, (int)user->pid, what);
	case USER_MOUNT:
		return text_format("%s is mounted from %s", name, what);
	case USER_SWAP:
		return text_format("%s is swap", what);
	case USER_VOLUME:
		return text_format("volume %s lies on it", name);
	case USER_NETWORK:
		return text_format("network %s is %s", name, what);
	}
	return NULL;
}

/* A process once, with the first of its devices. */
static bool is_repeated(const struct users *users, size_t i)
{
	const struct user *items = users->items;

	return i && items[i].kind == USER_PROCESS && items[i - 1].kind == USER_PROCESS &&
	       items[i - 1].pid == items[i].pid;
}

struct sentence {
	char *text;
	size_t n;    /* users in it */
	size_t left; /* more of them */
};

/* Without memory the users are counted only. */
static void append(struct sentence *sentence, const struct user *user)
{
	_cleanup_free_ char *more = sentence->n < NAMED_MAX ? words(user) : NULL;
	char *longer = more ? text_format("%s%s%s", sentence->text ? sentence->text : "",
					  sentence->text ? ", " : "", more) :
			      NULL;

	if (!longer) {
		sentence->left++;
		return;
	}
	free(sentence->text);
	sentence->text = longer;
	sentence->n++;
}

static void add_finding(const struct users *users, enum user_kind first,
			enum user_kind last, const char *remedy, const char *subject,
			struct findings *findings)
{
	struct sentence sentence = {};
	char others[32] = "";

	for (size_t i = 0; i < users->n; i++)
		if (users->items[i].kind >= first && users->items[i].kind <= last &&
		    !is_repeated(users, i))
			append(&sentence, &users->items[i]);
	if (sentence.left)
		snprintf(others, sizeof(others), ", and %zu more", sentence.left);
	if (sentence.n + sentence.left)
		findings_add(findings, subject, FINDING_CARD_IN_USE, remedy,
			     TEXT_CARD_IN_USE, sentence.text ? sentence.text : "", others);
	free(sentence.text);
}

void users_add_findings(const struct users *users, const char *subject,
			struct findings *findings)
{
	add_finding(users, USER_PROCESS, USER_PROCESS, REMEDY_IN_USE_PROCESS, subject,
		    findings);
	add_finding(users, USER_MOUNT, USER_VOLUME, REMEDY_IN_USE_DISK, subject, findings);
	add_finding(users, USER_NETWORK, USER_NETWORK, REMEDY_IN_USE_NETWORK, subject,
		    findings);
	if (users->unknown)
		findings_add(findings, subject, SAY_USERS_UNKNOWN, users->unknown);
}
