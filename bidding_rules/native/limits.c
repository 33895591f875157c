/* What bidders may have in all: within each bidder's own orders this is clearing, his limit the supply. */

#include <stdlib.h>

#include "native.h"

typedef struct {
    int64_t asked; /* Saturated. */
    size_t place;  /* First how many orders, then where the next one goes. */
    int64_t price; /* At the bidder's margin; -1: he stays within his limit. */
    int64_t left;
} bidder_state;

static status add_up_by_bidder(const orders *all, const int64_t *bidder, const int64_t *limit,
                               size_t bidders, bidder_state *each)
{
    for (size_t b = 0; b < bidders; b++) {
        if (limit[b] < 0 || limit[b] > SUPPLY_MAX)
            return BAD_LIMIT;
        each[b].price = -1;
    }
    for (size_t i = 0; i < all->count; i++) {
        if (all->price[i] < 0)
            return BAD_PRICE;
        if (all->quantity[i] < 0 || all->quantity[i] > QUANTITY_MAX)
            return BAD_QUANTITY;
        if ((uint64_t)bidder[i] >= bidders)
            return BAD_PLACE;
        bidder_state *own = &each[bidder[i]];
        int64_t asked = own->asked + all->quantity[i];
        own->asked = asked > 2 * SUPPLY_MAX ? 2 * SUPPLY_MAX : asked;
        own->place++;
    }
    return FINE;
}

/* Copy the orders of bidders beyond their limit, bidder by bidder. */
static void group(const orders *all, const int64_t *bidder, const int64_t *limit, size_t bidders,
                  bidder_state *each, order *grouped, size_t total)
{
    for (size_t i = 0; i < all->count; i++) {
        size_t b = (size_t)bidder[i];
        if (b < bidders && each[b].asked > limit[b] && each[b].place < total)
            grouped[each[b].place++] = (order){all->price[i], all->quantity[i]};
    }
}

/* Find the margin of each bidder beyond his limit. */
static status find_margins(const orders *all, const int64_t *bidder, const int64_t *limit,
                           size_t bidders, bidder_state *each)
{
    size_t total = 0;
    for (size_t b = 0; b < bidders; b++) {
        size_t count = each[b].asked > limit[b] ? each[b].place : 0;
        each[b].place = total;
        total += count;
    }
    if (total == 0)
        return FINE;
    order *grouped = malloc(total * sizeof *grouped);
    if (grouped == NULL)
        return OUT_OF_MEMORY;
    group(all, bidder, limit, bidders, each, grouped, total);
    size_t first = 0;
    for (size_t b = 0; b < bidders; b++) {
        if (each[b].asked <= limit[b])
            continue;
        margin own;
        find_margin_among(grouped + first, each[b].place - first, limit[b], &own);
        each[b].price = own.price;
        each[b].left = own.left;
        first = each[b].place;
    }
    free(grouped);
    return FINE;
}

status cut_to_limits(const orders *all, const int64_t *bidder, const int64_t *limit, size_t bidders,
                     int64_t *remaining)
{
    bidder_state *each = calloc(bidders + 1, sizeof *each);
    if (each == NULL)
        return OUT_OF_MEMORY;
    status done = add_up_by_bidder(all, bidder, limit, bidders, each);
    if (done == FINE)
        done = find_margins(all, bidder, limit, bidders, each);
    for (size_t i = 0; done == FINE && i < all->count; i++) {
        if ((uint64_t)bidder[i] >= bidders) {
            done = BAD_PLACE; /* Somebody changed the column meanwhile. */
            break;
        }
        bidder_state *own = &each[bidder[i]];
        int64_t kept = all->quantity[i];
        if (all->price[i] <= own->price) {
            bool tied = all->price[i] == own->price;
            kept = !tied ? 0 : kept < own->left ? kept : own->left;
            own->left -= kept;
        }
        remaining[i] = kept;
    }
    free(each);
    return done;
}

status count_bidders(const int64_t *bidder, const int64_t *allocation, size_t count, size_t bidders,
                     size_t *result)
{
    unsigned char *wins = calloc(bidders + 1, 1);
    if (wins == NULL)
        return OUT_OF_MEMORY;
    status done = FINE;
    *result = 0;
    for (size_t i = 0; i < count; i++) {
        if ((uint64_t)bidder[i] >= bidders) {
            done = BAD_PLACE;
            break;
        }
        bool first = allocation[i] > 0 && !wins[bidder[i]];
        wins[bidder[i]] |= first;
        *result += first;
    }
    free(wins);
    return done;
}
