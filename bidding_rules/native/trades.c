/* The trades of an order book, as Python takes them. */

#include "order_book.h"

PyObject *book_trade_count(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSize_t(book_of(self)->trade_count);
}

/* A `Trade` is a tuple of four numbers with names: it is filled like one. Numbers lead back to nothing, so
   the collector need not look at it; thousands of trades would each be looked at again and again. */
static PyObject *new_trade(PyTypeObject *type, const trade *one)
{
    PyObject *result = type->tp_alloc(type, 4);
    if (result == NULL)
        return NULL;
    const int64_t numbers[] = {one->taker, one->maker, one->price, one->quantity};
    for (Py_ssize_t i = 0; i < 4; i++) {
        PyObject *number = PyLong_FromLongLong((long long)numbers[i]);
        if (number == NULL) {
            Py_DECREF(result);
            return NULL;
        }
        PyTuple_SET_ITEM(result, i, number);
    }
    PyObject_GC_UnTrack(result);
    return result;
}

/* The class `Trade`, found when it is first needed: its module imports this one. */
static PyTypeObject *trade_type(void)
{
    static PyObject *found = NULL;
    if (found == NULL) {
        PyObject *module = PyImport_ImportModule("bidding_rules.order_book.vocabulary");
        if (module != NULL)
            found = PyObject_GetAttrString(module, "Trade");
        Py_XDECREF(module);
    }
    return (PyTypeObject *)found;
}

PyObject *book_take_trades(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    book *one = book_of(self);
    PyTypeObject *type = trade_type();
    PyObject *taken = type == NULL ? NULL : PyList_New((Py_ssize_t)one->trade_count);
    for (size_t i = 0; taken != NULL && i < one->trade_count; i++) {
        PyObject *made = new_trade(type, &one->trades[i]);
        if (made == NULL)
            Py_CLEAR(taken);
        else
            PyList_SET_ITEM(taken, (Py_ssize_t)i, made);
    }
    if (taken != NULL)
        one->trade_count = 0;
    return taken;
}

PyObject *book_take_trade_rows(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    book *one = book_of(self);
    int64_t *rows = NULL;
    PyObject *column = new_column(4 * one->trade_count, &rows);
    if (column == NULL)
        return NULL;
    if (one->trade_count > 0)
        memcpy(rows, one->trades, one->trade_count * sizeof *one->trades);
    one->trade_count = 0;
    return as_column(column);
}
