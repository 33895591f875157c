/* The order book as a Python type: `bidding_rules.order_book.reference` defines what it does. */

#include "order_book.h"

static PyObject *book_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"price_min", "price_max", NULL};
    long long price_min, price_max;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "LL", names, &price_min, &price_max))
        return NULL;
    if (price_min < 0 || price_max < price_min || (uint64_t)(price_max - price_min) >= SPAN_MAX)
        return PyErr_Format(PyExc_ValueError, "a book covers from 1 to %zu prices from 0 on", SPAN_MAX);
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL && !book_open(book_of(self), price_min, (uint32_t)(price_max - price_min + 1))) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return self;
}

static void book_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    book_close(book_of(self));
    type->tp_free(self);
    Py_DECREF(type);
}

/* The place of a price in the book; returns false with ValueError set when an order is wrong. */
static bool check_order(const book *one, long long side, long long price, long long quantity,
                        uint32_t *place)
{
    const long long price_max = one->price_min + (one->span - 1);
    if (side != BUY && side != SELL)
        PyErr_SetString(PyExc_ValueError, "side must be 0 (buy) or 1 (sell)");
    else if (price < one->price_min || price > price_max)
        PyErr_Format(PyExc_ValueError, "price must lie from %lld to %lld", (long long)one->price_min,
                     price_max);
    else if (quantity < 1 || quantity > QUANTITY_MAX)
        PyErr_Format(PyExc_ValueError, "quantity must lie from 1 to %lld", (long long)QUANTITY_MAX);
    else {
        *place = (uint32_t)(price - one->price_min);
        return true;
    }
    return false;
}

static bool reserve(book *one, size_t orders)
{
    if (one->order_count + orders >= NOBODY) {
        PyErr_SetString(PyExc_ValueError, "the book has taken all the orders it can number");
        return false;
    }
    if (book_reserve(one, orders))
        return true;
    PyErr_NoMemory();
    return false;
}

static bool is_number(PyObject *source, long long *number)
{
    *number = PyLong_AsLongLong(source);
    return *number != -1 || !PyErr_Occurred();
}

static PyObject *book_submit_one(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    book *one = book_of(self);
    long long side, price, quantity;
    uint32_t place;
    if (count != 3)
        return PyErr_Format(PyExc_TypeError, "submit takes side, price and quantity");
    if (!is_number(arguments[0], &side) || !is_number(arguments[1], &price)
        || !is_number(arguments[2], &quantity) || !check_order(one, side, price, quantity, &place)
        || !reserve(one, 1))
        return NULL;
    book_submit(one, (int)side, place, quantity);
    return PyLong_FromSize_t(one->order_count - 1);
}

static PyObject *book_cancel_one(PyObject *self, PyObject *number)
{
    long long order;
    if (!is_number(number, &order))
        return NULL;
    return PyLong_FromLongLong(book_cancel(book_of(self), order));
}

static PyObject *book_remaining(PyObject *self, PyObject *number)
{
    const book *one = book_of(self);
    long long order;
    if (!is_number(number, &order))
        return NULL;
    bool known = order >= 0 && (uint64_t)order < one->order_count;
    return PyLong_FromLongLong(known ? one->orders[order].left : 0);
}

/* Rows have been checked, and room made: nothing can fail half-way. */
static void apply_rows(book *one, const int64_t *kind, const int64_t *price, const int64_t *quantity,
                       size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        if (kind[i] == CANCEL)
            book_cancel(one, price[i]);
        else
            book_submit(one, (int)kind[i], (uint32_t)(price[i] - one->price_min), quantity[i]);
    }
}

static bool check_rows(const book *one, const Py_buffer *view, size_t *orders)
{
    const int64_t *kind = view[0].buf, *price = view[1].buf, *quantity = view[2].buf;
    uint32_t place;
    *orders = 0;
    for (size_t i = 0; i < count_of(&view[0]); i++) {
        if (kind[i] == CANCEL)
            continue;
        if (!check_order(one, kind[i], price[i], quantity[i], &place))
            return false;
        ++*orders;
    }
    return true;
}

static PyObject *book_apply(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    static const char *const names[] = {"kind", "price", "quantity"};
    if (count != 3)
        return PyErr_Format(PyExc_TypeError, "apply takes the columns kind, price and quantity");
    Py_buffer view[3];
    int open = 0;
    while (open < 3 && open_column(arguments[open], names[open], &view[open]))
        open++;
    book *one = book_of(self);
    size_t orders = 0;
    bool fine = open == 3 && check_same_length("price", &view[1], &view[0])
                && check_same_length("quantity", &view[2], &view[0]) && check_rows(one, view, &orders)
                && reserve(one, orders);
    if (fine) /* With the interpreter's lock: nobody else changes the book or the columns. */
        apply_rows(one, view[0].buf, view[1].buf, view[2].buf, count_of(&view[0]));
    while (open > 0)
        PyBuffer_Release(&view[--open]);
    if (!fine)
        return NULL;
    Py_RETURN_NONE;
}

static bool is_side(PyObject *source, long long *side)
{
    if (!is_number(source, side))
        return false;
    if (*side == BUY || *side == SELL)
        return true;
    PyErr_SetString(PyExc_ValueError, "side must be 0 (buy) or 1 (sell)");
    return false;
}

static PyObject *book_best(PyObject *self, PyObject *source)
{
    const book *one = book_of(self);
    long long side;
    if (!is_side(source, &side))
        return NULL;
    if (one->best[side] == NO_PRICE)
        Py_RETURN_NONE;
    return PyLong_FromLongLong(one->price_min + one->best[side]);
}

static PyObject *book_depth(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    const book *one = book_of(self);
    long long side, levels;
    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "depth takes side and levels");
    if (!is_side(arguments[0], &side) || !is_number(arguments[1], &levels))
        return NULL;
    PyObject *found = PyList_New(0);
    uint32_t place = one->best[side];
    for (; found != NULL && place != NO_PRICE && levels > 0; levels--) {
        PyObject *level = Py_BuildValue("(LN)", (long long)(one->price_min + place),
                                        python_int(one->at[place].total));
        if (level == NULL || PyList_Append(found, level) < 0)
            Py_CLEAR(found);
        Py_XDECREF(level);
        place = side == BUY ? tree_previous(&one->tree[side], place) : tree_next(&one->tree[side], place);
    }
    return found;
}

static PyMethodDef methods[] = {
    {"submit", (PyCFunction)(void (*)(void))book_submit_one, METH_FASTCALL, NULL},
    {"cancel", book_cancel_one, METH_O, NULL},
    {"apply", (PyCFunction)(void (*)(void))book_apply, METH_FASTCALL, NULL},
    {"remaining", book_remaining, METH_O, NULL},
    {"best", book_best, METH_O, NULL},
    {"depth", (PyCFunction)(void (*)(void))book_depth, METH_FASTCALL, NULL},
    {"take_trades", book_take_trades, METH_NOARGS, NULL},
    {"take_trade_rows", book_take_trade_rows, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"trade_count", book_trade_count, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, book_new},
    {Py_tp_dealloc, book_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, NULL},
};

static PyType_Spec specification = {
    .name = "bidding_rules._native.OrderBook",
    .basicsize = sizeof(order_book),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

PyObject *new_order_book_type(void)
{
    return PyType_FromSpec(&specification);
}
