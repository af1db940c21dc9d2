// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers questions about a map. Pure. */
#include "cmd/map/map.h"

void map_done(struct map *map)
{
	for (size_t i = 0; i < map->n_reasons; i++)
		free(map->reasons[i].text);
	free(map->reasons);
	free(map->functions);
	free(map->system);
	*map = (struct map){};
}

size_t map_group_size(const struct map *map, int group)
{
	size_t n = 0;

	for (size_t i = 0; group != MAP_NO_GROUP && i < map->n_functions; i++)
		n += map->functions[i].group == group;
	return n;
}
