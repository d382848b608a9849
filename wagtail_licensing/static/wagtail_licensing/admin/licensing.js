/* Two small conveniences; without this script every screen works as a plain page. */
(function () {
  'use strict';

  /* "Access" opens as a dialog, so that nothing typed into the page's form is lost. */
  function openAccess(link) {
    window.ModalWorkflow({
      url: link.href,
      triggerElement: link,
      onError: function () {
        window.location.assign(link.href);
      },
      onload: {
        access: function (workflow) {
          workflow.container.attr('aria-labelledby', 'wl-access-title');
          var form = workflow.body.find('[data-wl-access-form]')[0];
          form.addEventListener('submit', function (event) {
            event.preventDefault();
            workflow.postForm(form.action, new URLSearchParams(new FormData(form)).toString());
          });
          var again = form.querySelector('[data-wl-again]');
          if (again) {
            again.addEventListener('click', function (event) {
              event.preventDefault();
              workflow.close();
            });
          }
          focusOnWhatMatters(form);
        },
        access_set: function (workflow, data) {
          workflow.close();
          tell(data);
          relabel(data, link);
          refreshPanel();
        },
      },
    });
  }

  /* A question comes first, then what is wrong; otherwise the focus stays. */
  function focusOnWhatMatters(root) {
    var confirm = root.querySelector('[data-wl-confirm]');
    if (confirm) {
      confirm.scrollIntoView({ block: 'nearest' });
      confirm.focus();
      return;
    }
    var problem = root.querySelector('[role="alert"], .error-message');
    if (!problem) return;
    var field = problem.parentElement.querySelector('input, select');
    if (field) field.focus();
  }

  /* A message of Wagtail's, with the link that takes the change back. */
  function tell(data) {
    document.dispatchEvent(
      new CustomEvent('w-messages:add', {
        detail: { clear: true, text: data.message, type: 'success' },
      })
    );
    var item = document.querySelector('.messages li:last-child');
    if (!item || !data.undo) return;
    var undo = document.createElement('a');
    undo.href = data.undo.url;
    undo.textContent = data.undo.label;
    undo.className = 'button button-small button-secondary';
    undo.setAttribute('data-wl-access', 'undo');
    undo.setAttribute('aria-haspopup', 'dialog');
    item.append(' ', undo);
  }

  /* The button in the menu and that of the side panel say how the page stands now. A menu that is
     closed is not in the document: the link that opened the dialog is told as well. */
  function relabel(data, link) {
    var places = new Set(document.querySelectorAll('a[data-wl-access="state"], [data-wl-toggle]'));
    if (link && link.dataset.wlAccess === 'state') places.add(link);
    places.forEach(function (place) {
      var use = place.querySelector('use');
      if (use) use.setAttribute('href', '#icon-' + data.icon);
      var badge = place.querySelector('[data-wl-badge]');
      if (badge) {
        badge.textContent = data.badge;
        badge.hidden = !data.badge;
        place.setAttribute('aria-label', data.label);
        return;
      }
      var text = Array.from(place.childNodes).filter(function (node) {
        return node.nodeType === Node.TEXT_NODE && node.textContent.trim();
      })[0];
      if (text) text.textContent = data.label;
    });
  }

  /* The side panel stands outside the page's form and is sent on its own. */
  function sendPanel(panel, url, options) {
    var headers = { 'X-Requested-With': 'XMLHttpRequest', 'X-Licensing-Panel': '1' };
    panel.setAttribute('aria-busy', 'true');
    return fetch(url, Object.assign({ headers: headers, credentials: 'same-origin' }, options))
      .then(function (response) {
        if (!response.ok || response.redirected) throw new Error(String(response.status));
        return response.json();
      })
      .then(function (data) {
        panel.innerHTML = data.html;
        return data;
      })
      .finally(function () {
        panel.removeAttribute('aria-busy');
      });
  }

  function say(panel, text) {
    var status = document.querySelector('[data-wl-panel-status]');
    if (status) status.textContent = text;
  }

  function submitPanel(panel, form) {
    say(panel, '');
    sendPanel(panel, form.action, { method: 'POST', body: new FormData(form) })
      .then(function (data) {
        if (data.step !== 'access_set') {
          focusOnWhatMatters(panel);
          return;
        }
        relabel(data);
        var done = panel.querySelector('[data-wl-done]');
        if (done) done.focus();
        say(panel, data.message);
      })
      .catch(function () {
        var error = document.createElement('p');
        error.className = 'wl-error';
        error.setAttribute('role', 'alert');
        error.textContent = panel.dataset.wlFailed;
        panel.querySelectorAll(':scope > .wl-error').forEach(function (old) {
          old.remove();
        });
        panel.append(error);
      });
  }

  function refreshPanel() {
    var panel = document.querySelector('[data-wl-panel]');
    var form = panel && panel.querySelector('[data-wl-access-form]');
    if (form) sendPanel(panel, form.action, {}).catch(function () {});
  }

  document.addEventListener('submit', function (event) {
    var panel = event.target.closest('[data-wl-panel]');
    if (!panel) return;
    event.preventDefault();
    submitPanel(panel, event.target);
  });

  document.addEventListener('click', function (event) {
    var again = event.target.closest('[data-wl-panel] [data-wl-again]');
    if (!again) return;
    event.preventDefault();
    var panel = again.closest('[data-wl-panel]');
    sendPanel(panel, again.href, {}).then(function () {
      panel.querySelector('input:checked').focus();
    });
  });

  document.addEventListener('click', function (event) {
    var link = event.target.closest('a[data-wl-access]');
    if (!link || !window.ModalWorkflow) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    openAccess(link);
  });

  /* Ticking a product means "people with a license for it". */
  document.addEventListener('change', function (event) {
    var form = event.target.closest('[data-wl-access-form]');
    if (!form || event.target.name !== 'products' || !event.target.checked) return;
    form.querySelector('input[name="audience"][value="licensed"]').checked = true;
  });

  /* A new gate: show the one picker that fits its kind, and send nothing from the others. */
  function showTarget() {
    var chosen = document.querySelector('.wl-gate-kind input[name="kind"]:checked');
    document.querySelectorAll('.wl-target').forEach(function (panel) {
      var fits = chosen && panel.classList.contains('wl-target--' + chosen.value);
      panel.hidden = !fits;
      panel.querySelectorAll('input, select').forEach(function (input) {
        input.disabled = !fits;
      });
    });
  }

  document.addEventListener('DOMContentLoaded', function () {
    if (!document.querySelector('.wl-gate-kind')) return;
    showTarget();
    document.querySelector('.wl-gate-kind').addEventListener('change', showTarget);
  });
})();
