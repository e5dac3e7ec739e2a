//! Why a line pays what it pays.
