// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints a card's state for people, as `status` and `log` begin. Decides nothing. */
#include "cmd/after/card-line.h"

#include "base/text.h"
#include "facts/pci.h"

#define NAME_LEAST 20
#define NAME_MOST 60

void card_line_print_text(const struct page *page, unsigned indent, const char *label,
			  const char *text)
{
	_cleanup_free_ char *whole = text && *text ? text_format("%s%s", label, text) :
						     NULL;

	if (!whole)
		return;
	text_defuse(whole);
	printf("%*s", (int)indent, "");
	page_wrap(page, stdout, indent, indent, whole);
}

static int room_for_name(const struct page *page, size_t taken)
{
	int room = (int)page->width - (int)taken;

	return room < NAME_LEAST ? NAME_LEAST : room > NAME_MOST ? NAME_MOST : room;
}

static char *format_state(const struct card_line *line)
{
	const char *code = line->code ? line->code : "";

	return text_format("%s%s%s", line->state,
			   !*code	 ? "" :
			   line->is_good ? ", but " :
					   ": ",
			   code);
}

void card_line_print(const struct page *page, struct pci *names,
		     const struct card_line *line)
{
	struct span rest = { line->address, strlen(line->address) };
	struct span word = span_next(&rest, " ");
	_cleanup_free_ char *state = format_state(line), *head = NULL;
	char name[DEVICE_NAME_SIZE] = "";

	if (names && line->id && *line->id)
		pci_names_lookup(names, line->id, name);
	if (state)
		head = text_format("%.*s%s%.*s: ", (int)word.size, word.text,
				   *name ? "  " : "",
				   room_for_name(page, word.size + strlen(state) + 4),
				   name);
	if (!head)
		return;
	text_defuse(head);
	text_defuse(state);
	printf("%s%s%s%s\n", head, page_on(page, line->colour), state,
	       page_off(page, line->colour));
	card_line_print_text(page, 2, "", line->reason);
	card_line_print_text(page, 2, "remedy: ", line->remedy);
}
