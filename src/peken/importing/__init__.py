"""Rows that a city already has, read from CSV and XLSX files; knows no order and no demo."""
