/* The clearing functions as Python sees them: `bidding_rules.clearing.reference` defines what they do. */

#include "clearing.h"

/* Columns of one call: opened together, released together. */
typedef struct {
    Py_buffer view[4];
    int count;
} open_columns;

static bool open_next(open_columns *open, PyObject *source, const char *name)
{
    if (!open_column(source, name, &open->view[open->count]))
        return false;
    open->count++;
    return true;
}

static void release(open_columns *open)
{
    while (open->count > 0)
        PyBuffer_Release(&open->view[--open->count]);
}

/* Open the price and the quantity column, of equal length. */
static bool open_orders(open_columns *open, PyObject *price, PyObject *quantity, const char *name,
                        orders *all)
{
    if (!open_next(open, price, "price") || !open_next(open, quantity, name)
        || !check_same_length(name, &open->view[1], &open->view[0]))
        return false;
    *all = (orders){open->view[0].buf, open->view[1].buf, count_of(&open->view[0])};
    return true;
}

/* Open one more column, as long as the price column. */
static const int64_t *open_beside(open_columns *open, PyObject *source, const char *name)
{
    if (!open_next(open, source, name)
        || !check_same_length(name, &open->view[open->count - 1], &open->view[0]))
        return NULL;
    return open->view[open->count - 1].buf;
}

static PyObject *price_or_none(bool is_one, int64_t price)
{
    if (is_one)
        return PyLong_FromLongLong((long long)price);
    Py_RETURN_NONE;
}

/* Python checks these too; the search for the margin would not end without a supply. */
static bool check_numbers(long long supply, long long reserve)
{
    if (supply >= 0 && supply <= SUPPLY_MAX && reserve >= 0)
        return true;
    PyErr_Format(PyExc_ValueError, "supply must lie from 0 to %lld, reserve from 0 on",
                 (long long)SUPPLY_MAX);
    return false;
}

PyObject *py_price_at(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *price, *quantity;
    long long supply, reserve;
    if (!PyArg_ParseTuple(arguments, "OOLL", &price, &quantity, &supply, &reserve)
        || !check_numbers(supply, reserve))
        return NULL;
    open_columns open = {.count = 0};
    orders all;
    margin at;
    status done = FINE;
    int64_t lowest = -1;
    PyObject *result = NULL;
    if (open_orders(&open, price, quantity, "quantity", &all)) {
        Py_BEGIN_ALLOW_THREADS
        done = find_margin(&all, supply, reserve, &at);
        if (done == FINE)
            lowest = at.left > 0 ? at.price : lowest_price_above(&all, at.price);
        Py_END_ALLOW_THREADS
        if (done == FINE)
            result = Py_BuildValue("(NNN)", python_int(at.demand), price_or_none(lowest >= 0, lowest),
                                   price_or_none(!at.everything_fits, at.price));
        else
            raise_status(done);
    }
    release(&open);
    return result;
}

static status check_ranks(const int64_t *rank, size_t count)
{
    int64_t signs = 0;
    for (size_t i = 0; rank != NULL && i < count; i++)
        signs |= rank[i];
    return signs < 0 ? BAD_RANK : FINE;
}

/* Fill the orders into a new column; NULL with an error set. */
static PyObject *fill_new_column(const orders *all, int64_t supply, int64_t reserve,
                                 const tie_rule *tie)
{
    int64_t *allocation = NULL;
    PyObject *bytes = new_column(all->count, &allocation);
    if (bytes == NULL)
        return NULL;
    margin at;
    filled_orders result;
    status done;
    Py_BEGIN_ALLOW_THREADS
    done = check_ranks(tie->rank, all->count);
    if (done == FINE)
        done = find_margin(all, supply, reserve, &at);
    if (done == FINE)
        done = fill_orders(all, supply, &at, tie, allocation, &result);
    Py_END_ALLOW_THREADS
    if (done != FINE) {
        Py_DECREF(bytes);
        return raise_status(done);
    }
    return Py_BuildValue("(NNNn)", as_column(bytes), python_int(at.demand), python_int(result.sold),
                         (Py_ssize_t)result.filled);
}

PyObject *py_fill(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *price, *quantity, *rank;
    long long supply, reserve, unit, minimum;
    int code;
    if (!PyArg_ParseTuple(arguments, "OOLL(iOLL)", &price, &quantity, &supply, &reserve, &code, &rank,
                          &unit, &minimum)
        || !check_numbers(supply, reserve))
        return NULL;
    if (code < BY_TIME || code > BY_ROUND_UP || unit < 1 || unit > QUANTITY_MAX) {
        PyErr_SetString(PyExc_ValueError, "no such tie rule");
        return NULL;
    }
    open_columns open = {.count = 0};
    orders all;
    tie_rule tie = {(tie_code)code, NULL, unit, minimum};
    bool opened = open_orders(&open, price, quantity, "quantity", &all);
    if (opened && rank != Py_None) {
        tie.rank = open_beside(&open, rank, "rank");
        opened = tie.rank != NULL;
    }
    PyObject *result = opened ? fill_new_column(&all, supply, reserve, &tie) : NULL;
    release(&open);
    return result;
}

static PyObject *cut_into_new_column(const orders *all, const int64_t *bidder, const Py_buffer *limit)
{
    int64_t *remaining = NULL;
    PyObject *bytes = new_column(all->count, &remaining);
    if (bytes == NULL)
        return NULL;
    status done;
    Py_BEGIN_ALLOW_THREADS
    done = cut_to_limits(all, bidder, limit->buf, count_of(limit), remaining);
    Py_END_ALLOW_THREADS
    if (done == FINE)
        return as_column(bytes);
    Py_DECREF(bytes);
    return raise_status(done);
}

PyObject *py_cut_to_limits(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *price, *quantity, *bidder, *limit;
    if (!PyArg_ParseTuple(arguments, "OOOO", &price, &quantity, &bidder, &limit))
        return NULL;
    open_columns open = {.count = 0};
    orders all;
    PyObject *result = NULL;
    if (open_orders(&open, price, quantity, "quantity", &all)) {
        const int64_t *places = open_beside(&open, bidder, "bidder");
        if (places != NULL && open_next(&open, limit, "limit"))
            result = cut_into_new_column(&all, places, &open.view[3]);
    }
    release(&open);
    return result;
}

/* Add up products as two 64-bit halves: neither sum can overflow. */
static status add_up_products(const orders *all, wide *high, wide *low)
{
    *high = *low = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->price[i] < 0)
            return BAD_PRICE;
        if (all->quantity[i] < 0 || all->quantity[i] > QUANTITY_MAX)
            return BAD_QUANTITY;
        wide product = (wide)all->price[i] * all->quantity[i];
        *high += product >> 64;
        *low += (uint64_t)product;
    }
    *high += *low >> 64;
    *low &= UINT64_MAX;
    return FINE;
}

PyObject *py_value(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *price, *allocation;
    if (!PyArg_ParseTuple(arguments, "OO", &price, &allocation))
        return NULL;
    open_columns open = {.count = 0};
    orders all;
    wide high, low;
    status done;
    PyObject *result = NULL;
    if (open_orders(&open, price, allocation, "allocation", &all)) {
        Py_BEGIN_ALLOW_THREADS
        done = add_up_products(&all, &high, &low);
        Py_END_ALLOW_THREADS
        result = done == FINE ? python_int((high << 64) + low) : raise_status(done);
    }
    release(&open);
    return result;
}

PyObject *py_count_bidders(PyObject *Py_UNUSED(module), PyObject *arguments)
{
    PyObject *bidder, *allocation;
    Py_ssize_t bidders;
    if (!PyArg_ParseTuple(arguments, "OOn", &bidder, &allocation, &bidders))
        return NULL;
    if (bidders < 0)
        return raise_status(BAD_PLACE);
    open_columns open = {.count = 0};
    PyObject *result = NULL;
    if (open_next(&open, bidder, "bidder")) {
        const int64_t *shares = open_beside(&open, allocation, "allocation");
        size_t winners;
        status done = FINE;
        if (shares != NULL) {
            Py_BEGIN_ALLOW_THREADS
            done = count_bidders(open.view[0].buf, shares, count_of(&open.view[0]), (size_t)bidders,
                                 &winners);
            Py_END_ALLOW_THREADS
            result = done == FINE ? PyLong_FromSize_t(winners) : raise_status(done);
        }
    }
    release(&open);
    return result;
}
