'use strict';
'require baseclass';
'require dom';

/* The stand-in's dialogs, notifications and "apply". */

const overlay = document.body.appendChild(E('div', { id: 'modal_overlay', tabindex: '-1' }, [ E('div', { 'class': 'modal', role: 'dialog', 'aria-modal': 'true' }) ]));

document.addEventListener('keydown', (ev) => {
	if (ev.key == 'Escape' && document.body.classList.contains('modal-overlay-active'))
		overlay.querySelector('.button-row > button')?.click();
});

const ui = {
	showModal(title, children, ...classes) {
		const dialog = overlay.firstElementChild;

		dialog.className = 'modal';
		dialog.classList.add(...classes);
		[ 'aria-label' ].forEach((name) => dialog.removeAttribute(name));
		dialog.setAttribute('role', 'dialog');
		dialog.setAttribute('aria-label', Array.isArray(title) ? title.join('') : title);
		dom.content(dialog, [ E('h4', {}, Array.isArray(title) ? title : [ title ]) ]);
		dom.append(dialog, children);
		document.body.classList.add('modal-overlay-active');
		overlay.focus();

		return dialog;
	},

	hideModal() {
		document.body.classList.remove('modal-overlay-active');
		dom.content(overlay.firstElementChild, []);
	},

	addNotification(title, children, ...classes) {
		const note = E('div', { 'class': 'alert-message', role: 'alert' }, title != null ? [ E('h4', {}, [ title ]) ] : []);

		dom.append(note, children);
		note.classList.add(...classes);
		document.getElementById('maincontent').prepend(note);

		return note;
	},

	createHandlerFn: (self, fn, ...args) => (ev) => Promise.resolve((typeof fn == 'string' ? self[fn] : fn).call(self, ...args, ev)).catch(L.error),

	changes: {
		async apply() {
			ui.showModal(_('Apply'), [ E('p', { 'class': 'spinning' }, [ _('Starting configuration apply…') ]) ]);
			await fetch(L.url('admin/uci/apply_rollback'), { method: 'POST' });
			await fetch(L.url('admin/uci/confirm'), { method: 'POST' });
			window.location.reload();
		}
	}
};

return baseclass.extend(ui);
