/* Between Python and the algorithms: buffers in, columns and whole numbers out, errors as ValueError. */

#include "columns.h"

bool open_column(PyObject *source, const char *name, Py_buffer *view)
{
    if (PyObject_GetBuffer(source, view, PyBUF_FORMAT | PyBUF_ND | PyBUF_STRIDES) < 0)
        return false;
    const char *format = view->format == NULL ? "B" : view->format;
    bool whole = (format[0] == 'q' || format[0] == 'l') && format[1] == '\0' && view->itemsize == 8;
    if (!whole || !PyBuffer_IsContiguous(view, 'C')) {
        PyErr_Format(PyExc_ValueError, "%s must be a contiguous column of 64-bit integers", name);
    } else if (view->ndim != 1) {
        PyErr_Format(PyExc_ValueError, "%s must have one dimension", name);
    } else {
        return true;
    }
    PyBuffer_Release(view);
    return false;
}

bool check_same_length(const char *name, const Py_buffer *column, const Py_buffer *other)
{
    if (column->len == other->len)
        return true;
    PyErr_Format(PyExc_ValueError, "%s must have one entry for each order", name);
    return false;
}

size_t count_of(const Py_buffer *column)
{
    return (size_t)column->len / sizeof(int64_t);
}

PyObject *new_column(size_t count, int64_t **numbers)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * sizeof(int64_t)));
    if (bytes != NULL) {
        *numbers = (int64_t *)PyBytes_AS_STRING(bytes);
        expect_to_fill(*numbers, count * sizeof(int64_t));
    }
    return bytes;
}

PyObject *as_column(PyObject *bytes)
{
    PyObject *view = PyMemoryView_FromObject(bytes);
    Py_DECREF(bytes);
    if (view == NULL)
        return NULL;
    PyObject *column = PyObject_CallMethod(view, "cast", "s", "q");
    Py_DECREF(view);
    return column;
}

PyObject *python_int(wide number)
{
    if (number >= INT64_MIN && number <= INT64_MAX)
        return PyLong_FromLongLong((long long)number);
    PyObject *high = PyLong_FromLongLong((long long)(number >> 64));
    PyObject *low = PyLong_FromUnsignedLongLong((unsigned long long)(uint64_t)number);
    PyObject *bits = PyLong_FromLong(64);
    PyObject *shifted = NULL, *result = NULL;
    if (high != NULL && low != NULL && bits != NULL)
        shifted = PyNumber_Lshift(high, bits);
    if (shifted != NULL)
        result = PyNumber_Or(shifted, low);
    Py_XDECREF(high);
    Py_XDECREF(low);
    Py_XDECREF(bits);
    Py_XDECREF(shifted);
    return result;
}

PyObject *raise_status(status what)
{
    switch (what) {
    case OUT_OF_MEMORY:
        return PyErr_NoMemory();
    case BAD_PRICE:
        PyErr_Format(PyExc_ValueError, "price must lie from 0 to %lld", (long long)INT64_MAX);
        break;
    case BAD_QUANTITY:
        PyErr_Format(PyExc_ValueError, "quantity must lie from 0 to %lld", (long long)QUANTITY_MAX);
        break;
    case BAD_RANK:
        PyErr_Format(PyExc_ValueError, "rank must lie from 0 to %lld", (long long)INT64_MAX);
        break;
    case BAD_LIMIT:
        PyErr_Format(PyExc_ValueError, "limit must lie from 0 to %lld", (long long)SUPPLY_MAX);
        break;
    case BAD_PLACE:
        PyErr_SetString(PyExc_ValueError,
                        "bidder must be places from 0 on, below the number of bidders");
        break;
    case FINE:
        PyErr_SetString(PyExc_SystemError, "no error to raise");
        break;
    }
    return NULL;
}
