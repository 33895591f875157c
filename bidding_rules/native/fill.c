/* Who gets how much: everything above the margin, and at the margin what the tie rule says. */

#include "native.h"

/* Give orders above `margin` what they ask for; return how many got something. */
FOR_EACH_PROCESSOR
static size_t give_above(const int64_t *restrict price, const int64_t *restrict quantity,
                         size_t count, int64_t margin_price, int64_t *restrict allocation)
{
    uint64_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t share = price[i] > margin_price ? quantity[i] : 0;
        allocation[i] = share;
        filled += share > 0;
    }
    return (size_t)filled;
}

/* Serve orders at the margin as they arrived, until nothing is left; return how many got something. */
FOR_EACH_PROCESSOR
static size_t serve_in_turn(const int64_t *restrict price, const int64_t *restrict quantity,
                            size_t count, int64_t margin_price, int64_t *left,
                            int64_t *restrict allocation)
{
    size_t filled = 0;
    for (size_t start = 0; start < count && *left > 0; start += 8) {
        size_t end = start + 8;
        if (end <= count) {
            uint64_t any = 0;
            for (size_t i = 0; i < 8; i++)
                any |= (uint64_t)(price[start + i] == margin_price);
            if (!any)
                continue;
        } else {
            end = count;
        }
        for (size_t i = start; i < end; i++) {
            int64_t tied = -(int64_t)(price[i] == margin_price); /* A mask: a jump would often miss. */
            int64_t share = (quantity[i] < *left ? quantity[i] : *left) & tied;
            allocation[i] += share;
            *left -= share;
            filled += share > 0;
        }
    }
    return filled;
}

status fill_orders(const orders *all, int64_t supply, const margin *at, const tie_rule *tie,
                   int64_t *allocation, filled_orders *result)
{
    const bool in_turn = tie->code == BY_TIME;
    int64_t left = at->left;
    *result = (filled_orders){.sold = at->everything_fits ? at->demand : supply - at->left};
    for (size_t start = 0; start < all->count; start += BLOCK) {
        size_t count = all->count - start < BLOCK ? all->count - start : BLOCK;
        const int64_t *price = all->price + start, *quantity = all->quantity + start;
        result->filled += give_above(price, quantity, count, at->price, allocation + start);
        if (in_turn && left > 0)
            result->filled += serve_in_turn(price, quantity, count, at->price, &left, allocation + start);
    }
    if (in_turn || left == 0) {
        result->sold += at->left - left;
        return FINE;
    }
    return share_margin(all, at, tie, allocation, result);
}
