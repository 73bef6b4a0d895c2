"""One module a resource. A route reads its input, makes one call, and shapes the answer."""
