//! Arrow-layout arrays with axes, units and missing values
