/* The prices at which something rests: the next one is found in a few steps, however far it lies. */

#include <stdlib.h>

#include "book.h"

bool tree_open(price_tree *tree, uint32_t span)
{
    size_t words[TREE_LEVELS], total = 0, below = span;
    for (int level = 0; level < TREE_LEVELS; level++) {
        below = (below + 63) / 64;
        words[level] = below;
        total += below;
    }
    tree->word[0] = calloc(total, sizeof(uint64_t));
    if (tree->word[0] == NULL)
        return false;
    for (int level = 1; level < TREE_LEVELS; level++)
        tree->word[level] = tree->word[level - 1] + words[level - 1];
    return true;
}

void tree_close(price_tree *tree)
{
    free(tree->word[0]);
}

void tree_add(price_tree *tree, uint32_t place)
{
    for (int level = 0; level < TREE_LEVELS; level++) {
        uint64_t *word = &tree->word[level][place >> 6];
        bool known_above = *word != 0;
        *word |= UINT64_C(1) << (place & 63);
        if (known_above)
            return;
        place >>= 6;
    }
}

void tree_remove(price_tree *tree, uint32_t place)
{
    for (int level = 0; level < TREE_LEVELS; level++) {
        uint64_t *word = &tree->word[level][place >> 6];
        *word &= ~(UINT64_C(1) << (place & 63));
        if (*word != 0)
            return;
        place >>= 6;
    }
}

uint32_t tree_next(const price_tree *tree, uint32_t place)
{
    for (int level = 0; level < TREE_LEVELS; level++) {
        uint32_t bit = place & 63;
        uint64_t above = tree->word[level][place >> 6] & ~(UINT64_MAX >> (63 - bit));
        place >>= 6;
        if (above == 0)
            continue;
        place = place << 6 | (uint32_t)__builtin_ctzll(above);
        while (level-- > 0)
            place = place << 6 | (uint32_t)__builtin_ctzll(tree->word[level][place]);
        return place;
    }
    return NO_PRICE;
}

uint32_t tree_previous(const price_tree *tree, uint32_t place)
{
    for (int level = 0; level < TREE_LEVELS; level++) {
        uint64_t below = tree->word[level][place >> 6] & ((UINT64_C(1) << (place & 63)) - 1);
        place >>= 6;
        if (below == 0)
            continue;
        place = place << 6 | (63 - (uint32_t)__builtin_clzll(below));
        while (level-- > 0)
            place = place << 6 | (63 - (uint32_t)__builtin_clzll(tree->word[level][place]));
        return place;
    }
    return NO_PRICE;
}
