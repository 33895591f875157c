/* The order book as a Python type. */

#ifndef BIDDING_RULES_ORDER_BOOK_H
#define BIDDING_RULES_ORDER_BOOK_H

#include "book.h"
#include "columns.h"

typedef struct {
    PyObject_HEAD
    book book;
} order_book;

static inline book *book_of(PyObject *self)
{
    return &((order_book *)self)->book;
}

PyObject *new_order_book_type(void);

/* trades.c */
PyObject *book_trade_count(PyObject *self, void *closure);
PyObject *book_take_trades(PyObject *self, PyObject *nothing);
PyObject *book_take_trade_rows(PyObject *self, PyObject *nothing);

#endif
