# Stands in for OpenWrt's buildroot in the tests: the variables and the commands that a package's Makefile uses.
INCLUDE_DIR:=$(TOPDIR)/include
INSTALL_DIR:=install -d -m0755
INSTALL_BIN:=install -m0755
INSTALL_DATA:=install -m0644
CP:=cp -fpR
INSTALL_CONF:=install -m0600
