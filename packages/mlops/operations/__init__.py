"""Alarms and schedules on AWS."""
