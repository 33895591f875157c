/* Between Python and the algorithms: buffers in, columns and whole numbers out, errors as ValueError. */

#ifndef BIDDING_RULES_COLUMNS_H
#define BIDDING_RULES_COLUMNS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "native.h"

/* Open a buffer of 64-bit integers; returns false with ValueError set. */
bool open_column(PyObject *source, const char *name, Py_buffer *view);
bool check_same_length(const char *name, const Py_buffer *column, const Py_buffer *other);
size_t count_of(const Py_buffer *column);

/* A new column of `count` numbers, not yet written: `*numbers` points into the returned bytes. */
PyObject *new_column(size_t count, int64_t **numbers);
PyObject *as_column(PyObject *bytes); /* Takes the reference; returns a memoryview. */

PyObject *python_int(wide number);
PyObject *raise_status(status what); /* Returns NULL. */

#endif
