// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the section table of PE files, which is how unified kernel images hold their kernel, image and
 * command line (Microsoft's PE format; UAPI group's specification of unified kernel images). Trusts no
 * length, and verifies no signature.
 */
#include "host/chain/pe.h"

#include "base/bytes.h"

#include <sys/stat.h>

/* Offsets and sizes of the format. */
enum {
	DOS_HEADER_SIZE = 64,
	DOS_PE_HEADER = 60, /* where the offset of the PE header stands */
	PE_HEADER_SIZE = 24,
	PE_N_SECTIONS = 6,
	PE_OPTIONAL_SIZE = 20,
	DIRECTORIES_32 = 96, /* of the optional header: PE32 */
	DIRECTORIES_64 = 112,
	DIRECTORY_SIZE = 8,
	DIRECTORY_CERTIFICATES = 4,
	OPTIONAL_SIZE_MAX = DIRECTORIES_64 + 16 * DIRECTORY_SIZE,
	SECTION_HEADER_SIZE = 40,
};

static int read_at(int fd, uint64_t offset, void *buffer, size_t size)
{
	char *next = buffer;

	while (size) {
		ssize_t n = offset <= INT64_MAX ? pread(fd, next, size, offset) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		next += n;
		offset += n;
		size -= n;
	}
	return 0;
}

/* Headers ---------------------------------------------------------------------------------- */

/* The directory of certificates has an entry, and it is not empty. */
static bool has_certificates(const uint8_t *optional, size_t size, size_t directories)
{
	const uint8_t *certificates =
		optional + directories + DIRECTORY_CERTIFICATES * DIRECTORY_SIZE;

	return size >= directories + (DIRECTORY_CERTIFICATES + 1) * DIRECTORY_SIZE &&
	       get_le32(optional + directories - 4) > DIRECTORY_CERTIFICATES &&
	       get_le32(certificates) && get_le32(certificates + 4);
}

static int read_optional(int fd, uint64_t offset, size_t size, struct pe *pe)
{
	uint8_t optional[OPTIONAL_SIZE_MAX] = {};
	uint16_t magic;
	int r;

	if (size > sizeof(optional))
		size = sizeof(optional);
	r = read_at(fd, offset, optional, size);
	if (r < 0)
		return r;
	magic = get_le16(optional);
	if (magic != 0x10b && magic != 0x20b)
		return -EBADMSG;
	pe->is_signed = has_certificates(optional, size,
					 magic == 0x10b ? DIRECTORIES_32 : DIRECTORIES_64);
	return 0;
}

/* *ret_offset: where the table of sections begins. */
static int read_headers(int fd, struct pe *pe, uint64_t *ret_offset)
{
	uint8_t dos[DOS_HEADER_SIZE], header[PE_HEADER_SIZE];
	uint64_t offset;
	int r;

	r = read_at(fd, 0, dos, sizeof(dos));
	if (r < 0)
		return r;
	offset = get_le32(dos + DOS_PE_HEADER);
	if (memcmp(dos, "MZ", 2) || offset < DOS_HEADER_SIZE)
		return -EBADMSG;
	r = read_at(fd, offset, header, sizeof(header));
	if (r < 0)
		return r;
	if (memcmp(header, "PE\0", 4))
		return -EBADMSG;
	pe->n_sections = get_le16(header + PE_N_SECTIONS);
	offset += PE_HEADER_SIZE;
	*ret_offset = offset + get_le16(header + PE_OPTIONAL_SIZE);
	return read_optional(fd, offset, get_le16(header + PE_OPTIONAL_SIZE), pe);
}

/* Sections --------------------------------------------------------------------------------- */

/*
 * SizeOfRawData is rounded up to the file's alignment, and VirtualSize may go on in zeros that are not in the
 * file: the data is the smaller of both.
 */
static void take_section(struct pe *pe, struct pe_section *section, const char *header,
			 uint64_t file_size)
{
	uint32_t in_memory = get_le32(header + 8), in_file = get_le32(header + 16);

	memcpy(section->name, header, 8);
	section->size = in_memory < in_file ? in_memory : in_file;
	section->offset = get_le32(header + 20);
	if (streq(section->name, ".profile"))
		pe->n_profiles++;
	section->profile = pe->n_profiles;
	if (section->size && section->offset + section->size > file_size)
		pe->is_cut = true;
}

static int read_sections(int fd, uint64_t offset, struct pe *pe)
{
	size_t size = pe->n_sections * SECTION_HEADER_SIZE; /* at most 2.5 MiB */
	_cleanup_free_ char *headers = malloc(size + 1);
	struct stat status;
	int r;

	pe->sections = calloc(pe->n_sections + 1, sizeof(*pe->sections));
	if (!headers || !pe->sections)
		return -ENOMEM;
	r = read_at(fd, offset, headers, size);
	if (r < 0)
		return r;
	if (fstat(fd, &status) < 0)
		return -errno;
	for (size_t i = 0; i < pe->n_sections; i++)
		take_section(pe, &pe->sections[i], headers + i * SECTION_HEADER_SIZE,
			     status.st_size);
	return 0;
}

int pe_read(const struct root *root, const char *path, struct pe *ret_pe)
{
	_cleanup_close_ int fd = root_open_file(root, path);
	struct pe pe = {};
	uint64_t offset;
	int r;

	if (fd < 0)
		return fd;
	r = read_headers(fd, &pe, &offset);
	if (r == 0)
		r = read_sections(fd, offset, &pe);
	if (r < 0) {
		pe_done(&pe);
		return r;
	}
	*ret_pe = pe;
	return 0;
}

void pe_done(struct pe *pe)
{
	free(pe->sections);
	*pe = (struct pe){};
}

/* Answers ---------------------------------------------------------------------------------- */

static const struct pe_section *find_in(const struct pe *pe, const char *name,
					unsigned profile)
{
	for (size_t i = 0; i < pe->n_sections; i++)
		if (pe->sections[i].profile == profile && streq(pe->sections[i].name, name))
			return &pe->sections[i];
	return NULL;
}

const struct pe_section *pe_find(const struct pe *pe, const char *name, unsigned profile)
{
	const struct pe_section *section = find_in(pe, name, profile);

	if (!section && profile)
		section = find_in(pe, name, 0);
	return section && section->size ? section : NULL;
}

bool pe_is_unified(const struct pe *pe)
{
	return pe_find(pe, ".linux", 0);
}

bool pe_is_addon(const struct pe *pe)
{
	static const char *const names[] = { ".cmdline", ".initrd", ".ucode", ".dtb",
					     ".dtbauto" };

	for (size_t i = 0; i < ARRAY_SIZE(names) && !pe_is_unified(pe); i++)
		if (pe_find(pe, names[i], 0))
			return true;
	return false;
}

int pe_read_section(const struct root *root, const char *path,
		    const struct pe_section *section, size_t most, char **ret_text,
		    size_t *ret_size)
{
	_cleanup_close_ int fd = root_open_file(root, path);
	_cleanup_free_ char *text = NULL;
	int r;

	if (fd < 0)
		return fd;
	if (section->size > most)
		return -EFBIG;
	text = malloc(section->size + 1);
	if (!text)
		return -ENOMEM;
	r = read_at(fd, section->offset, text, section->size);
	if (r < 0)
		return r;
	text[section->size] = '\0';
	*ret_text = steal(text);
	*ret_size = section->size;
	return 0;
}
