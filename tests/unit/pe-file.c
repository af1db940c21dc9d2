// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes PE files, as ukify does. */
#include "pe-file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

void put(struct bytes *bytes, size_t offset, uint32_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes->data[offset + i] = value >> (8 * i);
}

struct bytes make_pe(uint16_t magic, bool is_signed, const struct section *sections)
{
	size_t directories = magic == 0x10b ? 96 : 112, optional = directories + 16 * 8;
	size_t table = PE_HEADER + 24 + optional, n = 0;
	struct bytes bytes = {};

	while (sections[n].name)
		n++;
	bytes_add_zeros(&bytes, table + n * 40);
	memcpy(bytes.data, "MZ", 2);
	put(&bytes, 60, PE_HEADER, 4);
	memcpy(bytes.data + PE_HEADER, "PE", 2);
	put(&bytes, PE_HEADER + 6, n, 2);
	put(&bytes, PE_HEADER + 20, optional, 2);
	put(&bytes, PE_HEADER + 24, magic, 2);
	put(&bytes, PE_HEADER + 24 + directories - 4, 16, 4);
	put(&bytes, PE_HEADER + 24 + directories + 4 * 8, is_signed ? 4096 : 0, 4);
	put(&bytes, PE_HEADER + 24 + directories + 4 * 8 + 4, is_signed ? 512 : 0, 4);
	for (size_t i = 0; i < n; i++) {
		size_t header = table + i * 40, size = strlen(sections[i].text), at;

		bytes_pad(&bytes, PE_ALIGNMENT);
		at = bytes.size;
		bytes_add(&bytes, sections[i].text, size);
		bytes_pad(&bytes, PE_ALIGNMENT);
		strncpy(bytes.data + header, sections[i].name, 8);
		put(&bytes, header + 8, size - sections[i].virtual_less, 4);
		put(&bytes, header + 16, bytes.size - at, 4);
		put(&bytes, header + 20, at, 4);
	}
	return bytes;
}

void write_unified(const struct tree *tree)
{
	static const struct section sections[] = {
		{ ".osrel", "ID=debian\nPRETTY_NAME=\"Debian 13\"\n" },
		{ ".cmdline", "root=x\nquiet" },
		{ ".uname", "6.5" },
		{ ".linux", "kernel" },
		{ ".initrd", "image" },
		{},
	};
	struct bytes bytes = make_pe(0x20b, false, sections);
	char folder[128];

	mkdirat(tree->root.fd, "boot/efi/EFI", 0755);
	mkdirat(tree->root.fd, "boot/efi/EFI/Linux", 0755);
	snprintf(folder, sizeof(folder), "%s/boot/efi/EFI/Linux", tree->folder);
	bytes_write(&bytes, folder, "debian-6.5.efi");
	bytes_done(&bytes);
}
