"""Getting the dataset: fetched from its publisher, or a stand-in that says it is one."""
