mod files;
mod reading;
