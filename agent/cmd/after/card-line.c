// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints a card's state for people, as `status` and `log` begin. Decides nothing. */
#include "cmd/after/card-line.h"

#include "base/text.h"
#include "host/pci-names.h"

#define LINE_LEAST 80 /* a terminal that is narrower wraps the line */
#define NAME_LEAST 20
#define CUT "..."

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

/* Cuts a name between words: "RTX 3" would be another card. */
static void shorten_name(const struct page *page, size_t taken,
			 char name[static DEVICE_NAME_SIZE])
{
	size_t width = page->width < LINE_LEAST ? LINE_LEAST : page->width;
	size_t room = width > taken + NAME_LEAST ? width - taken : NAME_LEAST;

	if (strlen(name) <= room)
		return;
	for (room -= strlen(CUT); room && name[room] != ' '; room--)
		;
	strcpy(name + room, CUT);
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

void card_line_print(const struct page *page, struct pci_names *names,
		     const struct card_line *line)
{
	struct span rest = { line->address, strlen(line->address) };
	struct span word = line->is_note ? rest : span_next(&rest, " ");
	_cleanup_free_ char *state = format_state(line), *head = NULL;
	char name[DEVICE_NAME_SIZE] = "";

	if (names && line->id && *line->id)
		pci_names_lookup(names, line->id, name);
	if (!state)
		return;
	shorten_name(page, word.size + strlen(state) + strlen("  : "), name);
	head = text_format("%.*s%s%s: ", (int)word.size, word.text, *name ? "  " : "",
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
