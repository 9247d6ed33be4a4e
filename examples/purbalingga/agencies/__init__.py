"""Small agencies as their own IT vendors would write them. They import nothing of the gateway's code.

`office` is one vendor's base (keys, signatures, register, callbacks); a module per agency holds its law and tables.
`bakeuda` is another vendor's, and older: it was there before the gateway.
"""
