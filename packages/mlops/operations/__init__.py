"""What an operator looks after on AWS: alarms, and what starts by itself."""
