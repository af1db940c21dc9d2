// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes become text of XML. */
#include "unit.h"

#include "base/buffer.h"
#include "cmd/map/xml.h"

static const struct {
	const char *text, *xml;
} escapes[] = {
	{ "", "" },
	{ "GeForce <RTX> & \"Max-Q\" 'x'",
	  "GeForce &lt;RTX&gt; &amp; &quot;Max-Q&quot; &#39;x&#39;" },
	{ "a\nb\tc\033[1m\001", "a\nb?c?[1m?" },
	{ "é語😀", "é語😀" },
	/* Not UTF-8: cut off, too long for its character, a surrogate, a lone continuation. */
	{ "a\xe8\xaa", "a??" },
	{ "\xc0\xbc<", "??&lt;" },
	{ "\xed\xa0\x80.", "???." },
	{ "\x80\xff", "??" },
	{ "\xf4\x90\x80\x80", "????" },
	/* U+0085 is a control character, U+FFFE none at all. */
	{ "\xc2\x85\xef\xbf\xbe", "?????" },
};

static void test_xml(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++) {
		_cleanup_free_ char *xml = NULL;
		struct buffer buffer;

		assert_int_equal(buffer_open(&buffer), 0);
		xml_write(buffer.stream, escapes[i].text);
		assert_int_equal(buffer_close(&buffer, &xml), 0);
		assert_string_equal(xml, escapes[i].xml);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
