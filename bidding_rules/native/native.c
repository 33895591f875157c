/* The compiled twin of clearing and order book. It is optional: plain Python does the same, slower. */

#include "clearing.h"
#include "order_book.h"

static PyMethodDef functions[] = {
    {"price_at", py_price_at, METH_VARARGS, NULL},
    {"fill", py_fill, METH_VARARGS, NULL},
    {"cut_to_limits", py_cut_to_limits, METH_VARARGS, NULL},
    {"value", py_value, METH_VARARGS, NULL},
    {"count_bidders", py_count_bidders, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "bidding_rules._native",
    .m_doc = "The compiled twin of clearing and order book.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__native(void)
{
    PyObject *module = PyModule_Create(&definition);
    PyObject *type = module == NULL ? NULL : new_order_book_type();
    if (type == NULL || PyModule_AddObjectRef(module, "OrderBook", type) < 0
        || PyModule_AddIntConstant(module, "INTERFACE", 2) < 0)
        Py_CLEAR(module);
    Py_XDECREF(type);
    return module;
}
