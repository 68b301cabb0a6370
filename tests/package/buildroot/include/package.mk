# BuildPackage makes a target for each step that a test asks for.
PKG_BUILD_DIR:=$(OUT)/build
PKG_INSTALL_DIR:=$(OUT)/cargo

define BuildPackage
prepare:
	$$(call Build/Prepare)
install-$(1): prepare
	$$(call Package/$(1)/install,$(OUT)/root)
install: install-$(1)
fields:
	@$$(foreach line,PKG_NAME PKG_VERSION PKG_RELEASE PKG_LICENSE PKG_LICENSE_FILES PKG_BUILD_DEPENDS CARGO_PKG_PROFILE CARGO_RUSTFLAGS PKG_BUILD_FLAGS,echo "$$(line)=$$($$(line))";)
endef
