/* How orders tied at the margin share what is left; arrival is dealt with where orders are filled. */

#include <stdlib.h>

#include "native.h"

#define PERCENT_PARTS 10000

/* The tied orders, in order of arrival. */
typedef struct {
    const orders *all;
    const tie_rule *rule;
    size_t *place;
    size_t count;
    wide asked;
    int64_t *allocation;
    filled_orders *result;
} tied_orders;

/* Note the places of the orders at a price; most groups of eight have none. */
FOR_EACH_PROCESSOR
static void find_tied(const orders *all, int64_t price, size_t *restrict place, tied_orders *tied)
{
    size_t found = 0;
    for (size_t start = 0; start < all->count; start += 8) {
        size_t end = start + 8 < all->count ? start + 8 : all->count;
        uint64_t any = end < start + 8;
        for (size_t i = 0; i < 8 && end == start + 8; i++)
            any |= (uint64_t)(all->price[start + i] == price);
        for (size_t i = start; any && i < end; i++) {
            bool is_tied = (all->price[i] == price) & (all->quantity[i] > 0);
            place[found] = i;
            found += is_tied;
            tied->asked += all->quantity[i] & -(int64_t)is_tied; /* A mask: a jump would often miss. */
        }
    }
    tied->count = found;
}

/* The lowest rank comes first, like the highest price; ranks are not negative. */
static int64_t precedence(const tied_orders *tied, size_t i)
{
    const int64_t *rank = tied->rule->rank;
    return INT64_MAX - (rank == NULL ? (int64_t)i : rank[i]);
}

static void give(const tied_orders *tied, size_t i, int64_t share)
{
    tied->result->filled += tied->allocation[i] == 0 && share > 0;
    tied->result->sold += share;
    tied->allocation[i] += share;
}

static status share_in_random_order(const tied_orders *tied, int64_t left, order *ranked)
{
    for (size_t k = 0; k < tied->count; k++) {
        size_t i = tied->place[k];
        ranked[k] = (order){precedence(tied, i), tied->all->quantity[i]};
    }
    margin last = {.price = -1};
    find_margin_among(ranked, tied->count, left, &last);
    for (size_t k = 0; k < tied->count; k++) {
        size_t i = tied->place[k];
        int64_t share = tied->all->quantity[i];
        if (precedence(tied, i) < last.price)
            continue;
        if (precedence(tied, i) == last.price) {
            share = share < last.left ? share : last.left;
            last.left -= share;
        }
        give(tied, i, share);
    }
    return FINE;
}

/* quantity * left / by; dividing 64 bits is much faster than dividing 128. */
static int64_t rounded_down(int64_t quantity, int64_t left, wide by)
{
    wide product = (wide)quantity * left;
    if (product <= UINT64_MAX && by <= UINT64_MAX)
        return (int64_t)((uint64_t)product / (uint64_t)by);
    return (int64_t)(product / by);
}

/* Floor to whole units, then one unit each to those who come first and have room for it. */
static status share_floored(const tied_orders *tied, int64_t left, order *ranked)
{
    const int64_t unit = tied->rule->unit, *quantity = tied->all->quantity;
    const wide by = tied->asked * unit;
    size_t with_room = 0;
    wide given = 0;
    for (size_t k = 0; k < tied->count; k++) {
        size_t i = tied->place[k];
        int64_t share = rounded_down(quantity[i], left, by) * unit;
        give(tied, i, share);
        given += share;
        if (quantity[i] - share >= unit)
            ranked[with_room++] = (order){precedence(tied, i), 1};
    }
    margin last;
    if (!find_margin_among(ranked, with_room, (int64_t)((left - given) / unit), &last))
        last = (margin){.price = -1}; /* One for everybody who has room. */
    for (size_t k = 0; k < tied->count; k++) {
        size_t i = tied->place[k];
        if (quantity[i] - tied->allocation[i] < unit)
            continue;
        bool is_last = precedence(tied, i) == last.price && last.left > 0;
        last.left -= is_last;
        if (is_last || precedence(tied, i) > last.price)
            give(tied, i, unit);
    }
    return FINE;
}

/* The percentage awarded, rounded up, of each order, rounded up (31 CFR 356.21). */
static status share_rounded_up(const tied_orders *tied, int64_t left)
{
    const tie_rule *rule = tied->rule;
    const int64_t parts = (int64_t)(((wide)left * PERCENT_PARTS + tied->asked - 1) / tied->asked);
    const wide by = (wide)PERCENT_PARTS * rule->unit;
    for (size_t k = 0; k < tied->count; k++) {
        int64_t asked = tied->all->quantity[tied->place[k]];
        wide rounded = (wide)asked * parts + by - 1;
        wide share = rounded <= UINT64_MAX && by <= UINT64_MAX
                         ? (wide)((uint64_t)rounded / (uint64_t)by) * rule->unit
                         : rounded / by * rule->unit;
        share = share < rule->minimum ? rule->minimum : share;
        give(tied, tied->place[k], share < asked ? (int64_t)share : asked);
    }
    return FINE;
}

status share_margin(const orders *all, const margin *at, const tie_rule *rule, int64_t *allocation,
                    filled_orders *result)
{
    tied_orders tied = {all, rule, malloc((all->count + 1) * sizeof(size_t)), 0, 0, allocation, result};
    if (tied.place == NULL)
        return OUT_OF_MEMORY;
    find_tied(all, at->price, tied.place, &tied);
    order *ranked = malloc((tied.count + 1) * sizeof *ranked);
    status done = ranked == NULL ? OUT_OF_MEMORY : FINE;
    if (done == FINE && tied.count > 0) {
        expect_to_fill(ranked, tied.count * sizeof *ranked);
        switch (rule->code) {
        case BY_RANDOM_ORDER:
            done = share_in_random_order(&tied, at->left, ranked);
            break;
        case BY_FLOOR_THEN_RANDOM:
            done = share_floored(&tied, at->left, ranked);
            break;
        case BY_TIME: /* Served where orders are filled. */
        case BY_ROUND_UP:
            done = share_rounded_up(&tied, at->left);
            break;
        }
    }
    free(ranked);
    free(tied.place);
    return done;
}
