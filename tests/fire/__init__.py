"""The market under fire: many clients, several processes, cancellations and crashes."""
