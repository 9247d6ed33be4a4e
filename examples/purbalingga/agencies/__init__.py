"""Four small agencies as their own IT vendor would write them. They import nothing of the gateway's code.

`office` is the vendor's base (keys, signatures, register, callbacks); one module per agency holds its law and tables.
"""
