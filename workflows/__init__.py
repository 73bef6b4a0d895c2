"""The durable processes. Each file is one workflow; ids, options and search attributes have a file each."""
