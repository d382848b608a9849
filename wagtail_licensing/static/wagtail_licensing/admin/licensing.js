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
          var problem = form.querySelector('[role="alert"], .error-message');
          if (problem) {
            form.querySelector('[data-wl-products] input').focus();
          }
        },
        access_set: function (workflow, data) {
          workflow.close();
          document.dispatchEvent(
            new CustomEvent('w-messages:add', {
              detail: { clear: true, text: data.message, type: 'success' },
            })
          );
          relabel(link, data);
        },
      },
    });
  }

  function relabel(link, data) {
    if (link.dataset.wlAccess !== 'state') return;
    var use = link.querySelector('use');
    if (use) use.setAttribute('href', '#icon-' + data.icon);
    var text = Array.from(link.childNodes).filter(function (node) {
      return node.nodeType === Node.TEXT_NODE && node.textContent.trim();
    })[0];
    if (text) text.textContent = data.label;
  }

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
