"""The offline model: a chat model like any other, that decides by written rules instead of by a neural network.

Its rules see what every model sees, the messages, and nothing else. One file an agent; in it, a table of rules.
"""
