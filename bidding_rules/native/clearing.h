/* The clearing functions as Python sees them. */

#ifndef BIDDING_RULES_CLEARING_H
#define BIDDING_RULES_CLEARING_H

#include "columns.h"

PyObject *py_price_at(PyObject *module, PyObject *arguments);
PyObject *py_fill(PyObject *module, PyObject *arguments);
PyObject *py_cut_to_limits(PyObject *module, PyObject *arguments);
PyObject *py_value(PyObject *module, PyObject *arguments);
PyObject *py_count_bidders(PyObject *module, PyObject *arguments);

#endif
