//! Figures as data, their SVG and PNG, tables and the HTML report
